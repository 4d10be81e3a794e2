/**
 * A certificate for `localhost` and its key, for tests. It is public, so it protects nothing; it ends in a hundred years.
 * @module
 */

export const cert = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUVs6wpy82kNNs0KdubH1XBvqf4dIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAwMzY1N1oYDzIxMjYxMDI5
MDAzNjU3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASFad5q0wRVfOMAsAaK6bMGP50IJn5GzhIKtKUUvmKq0uDGhohI5mEA
u4nF/tuc4+f2/YU9wUlfXOvB4HKaDNvWo28wbTAdBgNVHQ4EFgQUMmsamAuxIaJY
+LVdoyfnyVeRDo0wHwYDVR0jBBgwFoAUMmsamAuxIaJY+LVdoyfnyVeRDo0wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAOxGQfRndFODnkZI5KWsruhLLC/t7vcc5dkPj8TZldavAiBt
KrJrKQXOVTLNYKjn+lQV3ZlU/HALs6ZHHY+Mj0s07g==
-----END CERTIFICATE-----\n`;

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYpg7jWJ84N3KoAzl
/U2YkT6bU9PkzNOBvgKeL+K3HY2hRANCAASFad5q0wRVfOMAsAaK6bMGP50IJn5G
zhIKtKUUvmKq0uDGhohI5mEAu4nF/tuc4+f2/YU9wUlfXOvB4HKaDNvW
-----END PRIVATE KEY-----\n`;
