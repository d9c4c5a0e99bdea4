/** What becomes of a command whose reader has gone away (`| head`, a closed terminal): an EPIPE is no crash. */

type Output = Pick<NodeJS.WriteStream, 'on'>;

/**
 * Lets the command finish what it does without another word, with its own exit code: an order that was given is
 * carried out whoever reads the answer. A long command names the stream on which it tells how it gets on: with nobody
 * there to hear it, it is ended by SIGTERM, and so as orderly as by whoever stops it.
 */
export function outliveReader(progress?: Output, end = () => void process.kill(process.pid, 'SIGTERM')): void {
  let hasEnded = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream !== progress || hasEnded) return;
      hasEnded = true;
      end();
    });
  }
}
