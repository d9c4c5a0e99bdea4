/** Where a tool of Temporal goes to, and who hears of it. */
export interface TemporalPlace {
  /** Exists; only one process fills it at a time. */
  folder: string;
  /** The tool, once a way has succeeded. */
  file: string;
  logFile: string;
  say: (what: string) => void;
  onSpawn?: ((name: string, pid: number) => void) | undefined;
}

/** One way to get the tool. */
export interface TemporalWay {
  name: string;
  /** Fills the place; answers why not when it could not. */
  get(place: TemporalPlace): Promise<string | undefined>;
}
