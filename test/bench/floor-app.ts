/** The HTTP floor as a process: an Express app that reads and parses the requests and does nothing else. @module */
import type { AddressInfo } from 'node:net';
import express from 'express';

const app = express();
app.disable('x-powered-by');
app.set('etag', false);

app.post('/v1/events\\:batch', express.text({ type: 'application/x-ndjson', limit: '16mb' }), (request, response) => {
  const body: unknown = request.body;
  const lines = String(body).split('\n');
  const events = lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line));
  response.status(201).json({ events: events.length });
});
app.post('/v1/events', express.json(), (request, response) => {
  const body: unknown = request.body;
  response.status(201).json({ events: typeof body === 'object' ? 1 : 0 });
});

const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.once('disconnect', () => {
  process.exit(0);
});
