/** Push as a channel: to every device of the member, and done when one of them took it. */
import type { Db } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { dropPushPlace, type PushPlace, pushPlacesOf } from '../../db/push-subscriptions';
import type { Keys } from '../../infra/keys/keys';
import type { PushCarrier, PushMessage, PushTarget } from '../../workflows/domain/providers';

/** No device of the member takes pushes any more. */
export class NobodyThere extends Error {
  override readonly name = 'NobodyThere';
}

interface PushDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly push: PushCarrier;
}

/**
 * Answers with the carrier's id of the first that was taken. Devices show a message of one tag once: what failed, or
 * was perhaps taken, is sent to all of them again. Throws NobodyThere, or what kept the last device from it.
 */
export async function pushToMember(deps: PushDeps, userId: string, message: PushMessage): Promise<string | null> {
  const places = await pushPlacesOf(deps.db, userId);
  const answers = await Promise.allSettled(places.map((place) => pushTo(deps, place, message)));
  const taken = answers.flatMap((one) => (one.status === 'fulfilled' && one.value.kind === 'taken' ? [one.value] : []));
  if (taken[0]) return taken[0].messageId;
  const failed = answers.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  throw new NobodyThere('no device takes pushes');
}

async function pushTo({ db, keys, push }: PushDeps, { id, kind, targetEncrypted }: PushPlace, message: PushMessage) {
  const opened = await keys.decrypt(targetEncrypted, placeOf('pushTarget', id));
  const target: PushTarget = kind === 'fcm' ? { kind, token: opened } : { kind, ...JSON.parse(opened) };
  const answer = await push.push(target, message);
  if (answer.kind === 'gone') await dropPushPlace(db, id);
  return answer;
}
