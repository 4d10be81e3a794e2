/**
 * A target that talks without end and reads nothing; it prints its port.
 *
 * Bytes that it was sent and has not read make the kernel answer its death with a reset.
 */
import net from 'node:net';

const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  const chunk = Buffer.alloc(65_536, 'x');
  const talk = () => {
    while (socket.write(chunk));
  };
  socket.on('drain', talk);
  socket.on('error', () => {});
  talk();
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
