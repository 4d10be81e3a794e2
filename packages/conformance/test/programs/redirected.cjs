/** The same as a CommonJS module: what it takes from Node's modules, it takes before anything else happens. */
const { lookup } = require('node:dns');
const { connect } = require('node:net');

const [host, port] = process.argv.slice(2);
lookup(host, (_, address) => {
  lookup(host, (error, again) => {
    const socket = connect(Number(port), host, () => socket.end('hello'));
    let text = '';
    socket.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    socket.on('error', ({ code }) => console.log(JSON.stringify({ code })));
    socket.on('end', () => {
      console.log(JSON.stringify({ text, isSame: error === null && again === address }));
    });
  });
});
