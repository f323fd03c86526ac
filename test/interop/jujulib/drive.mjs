// Logs in with npm's @canonical/jujulib and does with the Backups facade what it can; prints what came back as one JSON object.
import fs from 'fs';
import WebSocket from 'ws';
import { connectAndLogin } from '@canonical/jujulib';
import BackupsV2 from '@canonical/jujulib/dist/api/facades/backups/BackupsV2.js';
import BackupsV3 from '@canonical/jujulib/dist/api/facades/backups/BackupsV3.js';

const { CA, PORT, MODEL, PASSWORD } = process.env;
const ca = fs.readFileSync(CA);

// The library has no option for a CA of one's own.
class Trusting extends WebSocket {
  constructor(url) {
    super(url, { ca, servername: 'juju-apiserver' });
  }
}

const { conn, logout } = await connectAndLogin(
  `wss://127.0.0.1:${PORT}/model/${MODEL}/api`,
  { facades: [BackupsV2, BackupsV3], wsclass: Trusting, closeCallback: () => {} },
  { username: 'admin', password: PASSWORD },
);
const backups = conn.facades.backups;
const said = { facade: backups.VERSION };
said.created = await backups.create({ notes: 'from JavaScript', 'keep-copy': true, 'no-download': true });
if (backups.list) {
  said.listed = await backups.list({});
  said.info = await backups.info({ id: said.created.id });
  said.removed = await backups.remove({ ids: [said.created.id] });
  said.after = await backups.list({});
}
console.log(JSON.stringify(said));
logout();
