/** Schemathesis, got by pip. */
import { join } from 'node:path';
import { pipTool, type Tool } from '../servers/pip-tool';

/** Throws, naming the way out, without Python or pip. */
export const schemathesis = (logFile: string, say: (what: string) => void): Promise<Tool> =>
  pipTool({ name: 'schemathesis', requirements: join(__dirname, 'requirements.txt'), logFile, say });
