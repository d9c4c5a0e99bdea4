/** Which PG, bank and carrier stand behind the ports: one line each, and another one of them is another line. */
import type { Provider } from '../infra/config/parts';
import type { WorkerConfig } from '../infra/config/worker';
import { createAligo } from '../infra/providers/aligo';
import { createAlimtalk } from '../infra/providers/alimtalk';
import { createBank } from '../infra/providers/bank/client';
import { createIdentityVerifier } from '../infra/providers/identity';
import { createPush } from '../infra/providers/push';
import { createSes } from '../infra/providers/ses';
import { createSesEvents } from '../infra/providers/ses-events';
import { createSoftpayment } from '../infra/providers/softpayment/client';
import type { CardPg, Providers, TransferBank } from '../workflows/domain/providers';

/** A provider's address, and the pace that says how long it is waited for. */
type Paced<K extends 'softpayment' | 'bank'> = Pick<WorkerConfig, 'policy'> & Readonly<Record<K, Provider>>;

export function connectPg({ softpayment, policy }: Paced<'softpayment'>): CardPg {
  return createSoftpayment({ ...softpayment, timeoutMs: policy.providerTimeoutMs });
}

export function connectBank({ bank, policy }: Paced<'bank'>): TransferBank {
  return createBank({ ...bank, timeoutMs: policy.providerTimeoutMs });
}

/** Everything that the worker calls. */
export function connectProviders(
  config: Paced<'softpayment' | 'bank'> &
    Pick<WorkerConfig, 'aligo' | 'alimtalk' | 'ses' | 'sesEvents' | 'fcm' | 'webPush' | 'identityProvider'>,
): Providers {
  const timeoutMs = config.policy.providerTimeoutMs;
  const sms = createAligo({ ...config.aligo, timeoutMs });
  const mail = createSes({ ...config.ses, timeoutMs });
  const mailEvents = config.sesEvents && createSesEvents({ ...config.sesEvents, timeoutMs });
  const alimtalk = config.alimtalk && createAlimtalk({ ...config.aligo, ...config.alimtalk, timeoutMs });
  const push = createPush({ fcm: config.fcm, web: config.webPush, timeoutMs });
  const { identityProvider } = config;
  const identity = identityProvider && createIdentityVerifier({ ...identityProvider, timeoutMs });
  return { pg: connectPg(config), bank: connectBank(config), sms, mail, mailEvents, alimtalk, push, identity };
}
