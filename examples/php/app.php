<?php
/**
 * An application that knows where its database is: the guest list, from MariaDB by PDO. With DB_CA, an authority's
 * certificate, it speaks TLS and verifies the server's name.
 */
declare(strict_types=1);

$setting = fn (string $name): string => getenv($name) ?: throw new RuntimeException("$name is not set");

$authority = getenv('DB_CA');
$tls = $authority === false ? [] : [
    PDO::MYSQL_ATTR_SSL_CA => $authority,
    PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true,
];
$database = new PDO(
    sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', $setting('DB_HOST'), $setting('DB_PORT'), $setting('DB_NAME')),
    $setting('DB_USER'),
    $setting('DB_PASSWORD'),
    $tls + [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION],
);

$database->exec('CREATE TABLE IF NOT EXISTS guests_of_php (name VARCHAR(40) PRIMARY KEY)');
$database->beginTransaction();
$add = $database->prepare('REPLACE INTO guests_of_php VALUES (?)');
foreach (['Ada', 'Grace'] as $name) {
    $add->execute([$name]);
}
$database->commit();

$names = $database->query('SELECT name FROM guests_of_php ORDER BY name')->fetchAll(PDO::FETCH_COLUMN);
$cipher = $database->query("SHOW STATUS LIKE 'Ssl_cipher'")->fetch(PDO::FETCH_NUM)[1];
printf("%s at %s:%s by %s\n", implode(', ', $names), $setting('DB_HOST'), $setting('DB_PORT'), $cipher ?: 'no TLS');
