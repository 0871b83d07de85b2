// One peer behind Node's own HTTPS server: node server.mjs NAME CERTIFICATE-AND-KEY.
// It prints one line of JSON once it listens: its port, and what clients must know.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { WebSocketServer } from 'ws'

const [name, pemFile] = process.argv.slice(2)

// Each peer is set up as its own documentation does it, in memory. It returns what
// takes a connection, and what clients must know.
const peers = {
  async yjs() {
    const { setupWSConnection } = await import('@y/websocket-server/utils')
    return { accept: (ws, req) => setupWSConnection(ws, req) }
  },
  async hocuspocus() {
    const { Hocuspocus } = await import('@hocuspocus/server')
    const server = new Hocuspocus({ quiet: true })
    return {
      accept(ws, req) {
        const url = new URL(req.url, 'https://localhost')
        const headers = new Headers(Object.entries(req.headers).map(([k, v]) => [k, String(v)]))
        const peer = server.handleConnection(ws, new Request(url, { headers }))
        ws.on('message', (data) => peer.handleMessage(new Uint8Array(data)))
        ws.on('close', (code, reason) => peer.handleClose({ code, reason: String(reason) }))
      },
    }
  },
  async tldraw() {
    const { TLSocketRoom } = await import('@tldraw/sync-core')
    const { createTLSchema } = await import('@tldraw/tlschema')
    const schema = createTLSchema()
    const rooms = new Map()
    return {
      accept(ws, req) {
        const url = new URL(req.url, 'https://localhost')
        let room = rooms.get(url.pathname)
        if (!room) rooms.set(url.pathname, (room = new TLSocketRoom({ schema })))
        room.handleSocketConnect({ sessionId: url.searchParams.get('session'), socket: ws })
      },
      schema: schema.serialize(),
    }
  },
}

const pem = readFileSync(pemFile)
const peer = await peers[name]()
const https = createServer({ cert: pem, key: pem, minVersion: 'TLSv1.3' })
const sockets = new WebSocketServer({ server: https })
sockets.on('connection', peer.accept)
https.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: https.address().port, schema: peer.schema }))
})
