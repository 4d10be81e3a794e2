import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * An application that knows where its database is: the guest list, from MariaDB by JDBC. With DB_CA, an authority's
 * certificate, it speaks TLS and verifies the server's name.
 */
public class App {
    public static void main(String[] arguments) throws SQLException {
        String host = setting("DB_HOST");
        String port = setting("DB_PORT");
        Properties properties = new Properties();
        properties.setProperty("user", setting("DB_USER"));
        properties.setProperty("password", setting("DB_PASSWORD"));
        if (System.getenv("DB_CA") != null) {
            properties.setProperty("useSsl", "true");
            properties.setProperty("serverSslCert", System.getenv("DB_CA"));
        }

        String address = "jdbc:mariadb://" + host + ":" + port + "/" + setting("DB_NAME");
        try (Connection database = DriverManager.getConnection(address, properties)) {
            database.setAutoCommit(false);
            try (Statement create = database.createStatement();
                    PreparedStatement add = database.prepareStatement("REPLACE INTO guests_of_java VALUES (?)")) {
                create.execute("CREATE TABLE IF NOT EXISTS guests_of_java (name VARCHAR(40) PRIMARY KEY)");
                for (String name : List.of("Ada", "Grace")) {
                    add.setString(1, name);
                    add.executeUpdate();
                }
            }
            database.commit();
            String names = String.join(", ", column(database, "SELECT name FROM guests_of_java ORDER BY name", 1));
            String cipher = column(database, "SHOW STATUS LIKE 'Ssl_cipher'", 2).get(0);
            String how = cipher.isEmpty() ? "no TLS" : cipher;
            System.out.println(names + " at " + host + ":" + port + " by " + how);
        }
    }

    private static List<String> column(Connection database, String query, int number) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = database.createStatement(); ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(number));
            }
        }
        return values;
    }

    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set");
        }
        return value;
    }
}
