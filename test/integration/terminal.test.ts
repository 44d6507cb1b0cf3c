import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';

import { expect } from 'chai';

import { awsAt } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Runs its arguments in a terminal of their own; what is typed comes on standard input. */
const IN_A_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

const IDENTITY =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ada</Arn><UserId>A</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

describe('a scan in a terminal', function () {
  this.timeout(30_000);
  const path = temporaryFolder();

  it('shows what it has when Ctrl-C is typed, within a second', async () => {
    const asked = Promise.withResolvers<void>();
    // Says who is asking, and never answers anything else.
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      if ((await text(request)).includes('GetCallerIdentity')) response.end(IDENTITY);
      else asked.resolve();
    };
    const aws = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(aws, 'listening');
    try {
      const endpoint = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
      const env = { PATH: process.env['PATH'], HOME: path(), TERM: 'xterm', AWS_EC2_METADATA_DISABLED: 'true' };
      const scan = [join(import.meta.dirname, '../../bin/dev.js'), 'scan', '--local', '--rule', 'ec2-required-tags'];
      const child = spawn('python3', ['-c', IN_A_TERMINAL, process.execPath, ...scan], {
        env: { ...env, ...awsAt(endpoint) },
        cwd: path(),
      });
      const closed = once(child, 'close') as Promise<[number | null]>;
      const screen = text(child.stdout);
      await asked.promise;
      const typed = performance.now();
      child.stdin.write('\u0003');
      const [exitCode] = await closed;
      const elapsed = performance.now() - typed;

      const shown = stripVTControlCharacters(await screen);
      expect(exitCode).to.equal(130);
      expect(elapsed).to.be.below(1000);
      expect(shown).to.match(/^Asking AWS who this is/);
      expect(shown).to.include('Cut short: not everything was looked at');
      expect(shown.replaceAll(/\s+/g, ' ')).to.include(
        'The scan was interrupted before ec2:DescribeInstances was done.',
      );
    } finally {
      aws.closeAllConnections();
      aws.close();
    }
  });
});
