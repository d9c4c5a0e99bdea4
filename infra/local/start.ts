import type { Roster } from './roster';
import type { Environment, Settings } from './settings';
import type { Supervisor } from './supervisor';

/** What every step of the start works with. */
export interface Start {
  settings: Settings;
  /** The variables that the user set. */
  given: Environment;
  supervisor: Supervisor;
  roster: Roster;
  say: (text: string) => void;
  /** The clock of the system can be put forward. */
  fastClock: boolean;
  /** Where the API finds the built pages of web/; empty: nowhere. */
  webDir: string;
}
