/** A PHP application that is not changed: `hybridge run -- php app.php` gives it the private name. */
import { fileURLToPath } from 'node:url';
import { unchangedOnMariadb } from '@hybridge-examples/stage';

await unchangedOnMariadb(['php', fileURLToPath(new URL('app.php', import.meta.url))], {
  'php-cli php-mysql': ['php', '-r', 'exit(extension_loaded("pdo_mysql") ? 0 : 1);'],
});
