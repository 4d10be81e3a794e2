/** A Java application that is not changed: `hybridge run -- java App.java` gives it the private name. */
import { fileURLToPath } from 'node:url';
import { unchangedOnMariadb } from '@hybridge-examples/stage';

/** Debian's place for it. */
const DRIVER = '/usr/share/java/mariadb-java-client.jar';

await unchangedOnMariadb(['java', '-cp', DRIVER, fileURLToPath(new URL('App.java', import.meta.url))], {
  'default-jdk-headless': ['javac', '-version'],
  'libmariadb-java': ['test', '-e', DRIVER],
});
