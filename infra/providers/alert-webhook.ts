/** The webhook by which operators are alerted; Slack's, and of all that take its `{text}`. */
import { type AlertHook, ProviderError } from '../../workflows/domain/providers';
import { callProvider } from './http';

const TELL = 'alert webhook';
const TIMEOUT_MS = 10_000;
/** Of Slack's text: these three are its own. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The client of the webhook at `url`, which is a secret: whoever knows it may write there. */
export function createAlertWebhook(url: string, timeoutMs = TIMEOUT_MS): AlertHook {
  return {
    async tell(text) {
      const call = { operation: TELL, method: 'POST', path: '', json: { text: escaped(text) }, isPlain: true } as const;
      const { status } = await callProvider({ url, apiKey: '', timeoutMs }, call);
      if (status >= 300) throw new ProviderError('Unavailable', TELL, `refused (HTTP ${status})`);
    },
  };
}
