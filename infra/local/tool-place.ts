/** Where a tool goes to, and who hears of it. */
export interface ToolPlace {
  /** Exists; only one process fills it at a time. */
  folder: string;
  /** The tool, once a way has succeeded. */
  file: string;
  logFile: string;
  say: (what: string) => void;
  onSpawn?: ((name: string, pid: number) => void) | undefined;
}

/** One way to get the tool. */
export interface ToolWay {
  name: string;
  /** Fills the place; answers why not when it could not. */
  get(place: ToolPlace): Promise<string | undefined>;
}
