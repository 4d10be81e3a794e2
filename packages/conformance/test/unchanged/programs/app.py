"""An application that knows where its services are: MariaDB by PyMySQL, and an HTTPS service, both verified."""

import os
import ssl
import urllib.request

import pymysql

setting = os.environ.__getitem__

database = pymysql.connect(
    host=setting("DB_HOST"),
    port=int(setting("DB_PORT")),
    user=setting("DB_USER"),
    password=setting("DB_PASSWORD"),
    database=setting("DB_NAME"),
    ssl=ssl.create_default_context(cafile=setting("DB_CA")),
)
with database.cursor() as cursor:
    cursor.execute("SELECT REPEAT('x', 3000000)")
    (text,) = cursor.fetchone()
database.close()

context = ssl.create_default_context(cafile=setting("HTTP_CA"))
with urllib.request.urlopen(setting("HTTPS_URL"), context=context) as answer:
    print(len(text), answer.status, answer.read().decode().strip())
