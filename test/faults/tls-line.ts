/** A TLS end before a server that speaks in the clear, and the certificates of one test, signed by an authority of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import { generate } from 'selfsigned';

/** PEM, and the same as files. */
interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly keyFile: string;
  readonly certFile: string;
}

export interface Authority {
  readonly certFile: string;
  readonly cert: string;
  /** Signs a certificate for 127.0.0.1, good for both ends of a line. */
  issue(name: string): Promise<Certificate>;
}

/** A folder of certificates; `clear` removes it. */
export function certificateFolder(): { authority(name: string): Promise<Authority>; clear(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'plic-tls-'));
  const written = (name: string, text: string): string => {
    const file = join(dir, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  // Whatever the clock of the run says, and that of the processes that it starts.
  const always = { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2040-01-01') };
  const common = { ...always, keyType: 'ec', algorithm: 'sha256' } as const;
  return {
    async authority(name) {
      const ca = await generate([{ name: 'commonName', value: name }], {
        ...common,
        extensions: [
          { name: 'basicConstraints', cA: true, critical: true },
          { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
        ],
      });
      return {
        cert: ca.cert,
        certFile: written(`${name}.pem`, ca.cert),
        async issue(holder) {
          const { cert, private: key } = await generate([{ name: 'commonName', value: holder }], {
            ...common,
            ca: { key: ca.private, cert: ca.cert },
            extensions: [
              { name: 'basicConstraints', cA: false },
              { name: 'keyUsage', digitalSignature: true },
              { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
              { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
            ],
          });
          const files = { keyFile: written(`${holder}.key`, key), certFile: written(`${holder}.pem`, cert) };
          return { key, cert, ...files };
        },
      };
    },
    clear: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface TlsLine {
  /** `host:port` of its TLS end. */
  readonly address: string;
  /** Connections whose handshake was completed. */
  readonly greeted: () => number;
  close(): Promise<void>;
}

/** How PostgreSQL is asked for TLS before the handshake (protocol 3.0: SSLRequest, answered by `S`). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

function upgraded(socket: Socket, asked: boolean, begin: () => void): void {
  if (!asked) begin();
  else
    socket.once('data', (bytes) => {
      socket.write(bytes.equals(SSL_REQUEST) ? 'S' : 'N');
      begin();
    });
}

/** Listens with TLS and passes on in the clear to `host:port`. `postgres`: TLS begins as PostgreSQL's protocol has it. */
export async function openTlsLine(to: string, options: TLSSocketOptions, { postgres = false } = {}): Promise<TlsLine> {
  const { hostname, port } = new URL(`tcp://${to}`);
  const sockets = new Set<Socket>();
  let greeted = 0;
  const kept = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    kept(near);
    upgraded(near, postgres, () => {
      const inner = kept(new TLSSocket(near, { ...options, isServer: true }));
      inner.once('secure', () => {
        greeted += 1;
        const far = kept(connect(Number(port), hostname));
        inner.pipe(far).pipe(inner);
        far.once('close', () => inner.destroy());
        inner.once('close', () => far.destroy());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    greeted: () => greeted,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
