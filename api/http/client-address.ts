import { isIPv6, SocketAddress } from 'node:net';

/** The first four groups of an IPv6 address. */
const networkOf = (address: string): string => {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(gap).fill('0'), ...right].slice(0, 4).join(':');
};

/**
 * Under what a client is counted: its IPv4 address, without the port that some proxies append; of IPv6 the /64, within which one
 * client takes any address it likes.
 */
export const clientOf = (told: string): string => {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(told) ?? [];
  const address = (bracketed ?? told.replace(/^([\d.]+):\d+$/, '$1')).replace(/%.*$/, '');
  if (!isIPv6(address)) return address;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  const [, mapped] = /^::ffff:([\d.]+)$/.exec(canonical) ?? [];
  return mapped ?? `${networkOf(canonical)}::/64`;
};
