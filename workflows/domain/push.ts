/** Which push services PLIC calls: their addresses come from browsers, and nobody may lead our calls elsewhere. */

/** Of Chrome and Android; Firefox; Safari; Edge. */
export const PUSH_SERVICES = [
  'https://fcm.googleapis.com',
  'https://updates.push.services.mozilla.com',
  'https://web.push.apple.com',
  'https://*.notify.windows.com',
] as const;

/** Whether an address is of one of the services: origins, whose host may begin with `*.` for one name or more. */
export function isPushService(address: string, services: readonly string[]): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, protocol, hostname, port, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  return services.some((service) => {
    const [scheme, suffix] = service.split('//*');
    if (suffix === undefined) return origin === service;
    return protocol === scheme && port === '' && hostname.endsWith(suffix);
  });
}
