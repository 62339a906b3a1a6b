// Exits with 0 where the server answers that it is well, as the variables of its environment place it; else with 1.
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'

const { STOCKDB_HOST: host = '127.0.0.1', STOCKDB_PORT: port = '7788', STOCKDB_TLS_CERT: certificate } = process.env
const get = certificate ? getHttps : getHttp
// On Linux a connection to 0.0.0.0 or :: reaches the machine itself. The certificate is for the name by which others ask.
get({ host, port, path: '/healthz', rejectUnauthorized: false }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1)
}).on('error', ({ message }) => {
  console.error(message)
  process.exit(1)
})
