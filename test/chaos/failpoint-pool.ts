/** Which life of which process is to die where: every failpoint of the plan is handed out until some process has died at it. */

import type { Arm, Failpoint } from '../faults/failpoint-names';
import { readHits } from '../servers/processes';
import type { ChaosPlan, MemberName } from './plan';

/** Few deals come by these: both workers carry all that are left. */
const isRare = ({ point }: Arm): boolean => /^(refund|recheck|recordChargeback)/.test(point);
/** Every deal comes by the others: the first worker's lives carry so many of them each, and are short; the second one lives on. */
const COMMON_PER_LIFE = 2;

export interface FailpointPool {
  armsOf(name: MemberName): readonly Arm[];
  /** Points at which a process has died. */
  hits(): readonly Failpoint[];
  missing(): readonly Failpoint[];
  /** Nobody is armed any more from the next life on. */
  disarm(): void;
}

export function openFailpointPool({ workerArms, apiArms }: ChaosPlan, hitsFile: string): FailpointPool {
  let disarmed = false;
  let turn = 0;
  const hits = () => readHits(hitsFile).map(({ point }) => point);
  const left = (arms: readonly Arm[]) => {
    const done = new Set(hits());
    return arms.filter(({ point }) => !done.has(point));
  };
  /** Takes turns, so that two processes that live at the same time carry different ones. */
  const some = (arms: readonly Arm[], count: number) => {
    const from = arms.length > 0 ? (turn++ * count) % arms.length : 0;
    return [...arms.slice(from), ...arms.slice(0, from)].slice(0, count);
  };
  return {
    armsOf(name) {
      if (disarmed) return [];
      if (name.startsWith('api')) return some(left(apiArms), 1);
      const arms = left(workerArms);
      const rare = arms.filter(isRare).map(({ point }) => ({ point, passage: 1 }));
      if (name !== 'worker-1' && rare.length > 0) return rare;
      const common = arms.filter((arm) => !isRare(arm));
      return [...some(common, COMMON_PER_LIFE), ...rare];
    },
    hits,
    missing: () => left([...workerArms, ...apiArms]).map(({ point }) => point),
    disarm() {
      disarmed = true;
    },
  };
}
