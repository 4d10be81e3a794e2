/**
 * A certificate for `localhost` and its key, for tests. It is public, so it protects nothing; it ends in a hundred years.
 * @module
 */

export const cert = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUPgFm9vHU+acmf5mlirApQwpqpoUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAxNTY1N1oYDzIxMjYxMDI5
MDE1NjU3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR8ZkEAdkvlzbrzdN+pgJrM72m/Vz75L4KF6MR64KagpViQzRWoea8N
i56bI3Djq/N6mhbPb9AeMkuxulKQh4FNo28wbTAdBgNVHQ4EFgQUPqksVKGoqlvI
apCw7czIBIUiSeEwHwYDVR0jBBgwFoAUPqksVKGoqlvIapCw7czIBIUiSeEwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgNh2sqOoJxzCKQWqEnY/lri3mug/F4X7zrOAlKx41BogCIGCp
XhJ2ee7I0fM0tiXaSaPtKePMpy807pGZ1e/a1Vd1
-----END CERTIFICATE-----\n`;

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgygwz+APy9vz/cBjQ
Z7L7Edj/y7go72YGqD6M1d3A+JKhRANCAAR8ZkEAdkvlzbrzdN+pgJrM72m/Vz75
L4KF6MR64KagpViQzRWoea8Ni56bI3Djq/N6mhbPb9AeMkuxulKQh4FN
-----END PRIVATE KEY-----\n`;
