/** WebOTP: a browser that may read the text message offers its code. */

interface OtpCredential extends Credential {
  readonly code: string;
}

/** The code, once the person lets the browser take it; undefined where that is not done. */
export async function readSmsCode(signal: AbortSignal): Promise<string | undefined> {
  if (!('OTPCredential' in window)) return undefined;
  const asked = { otp: { transport: ['sms'] }, signal } as CredentialRequestOptions;
  const given = await navigator.credentials.get(asked).catch(() => null);
  return (given as OtpCredential | null)?.code;
}
