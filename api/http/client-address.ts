/** The caller's address as limits count it. */
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

/**
 * An IPv4 address as it is, also one that is written as IPv6; of another IPv6 address its /64, since whoever has one
 * address of it has them all.
 */
export function countedAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = (parsed as ipaddr.IPv6).parts.slice(0, 4);
  return `${network.map((part) => part.toString(16)).join(':')}::/64`;
}

/** As a network is compared with it: no IPv4 address written as IPv6, no name of an interface. */
export function plainAddressOf(req: Request): string {
  const [address = ''] = (req.ip ?? '').split('%');
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : '::';
}

/** Behind the trusted proxies (`TRUSTED_PROXIES`); the one name of a caller for every limit by address. */
export const addressOf = (req: Request): string => countedAddress(req.ip ?? '');
