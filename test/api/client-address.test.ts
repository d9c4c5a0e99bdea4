/** Whoever has one address of an IPv6 network has all of them: limits count the network. */
import { countedAddress } from '../../api/http/client-address';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
  ['unknown', 'unknown'],
])('%j is counted as %j', (address, counted) => {
  expect(countedAddress(address)).toBe(counted);
});

test('two addresses of one /64 are one caller, and of two are two', () => {
  const [one, same, other] = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:db8:0:2::1'].map(countedAddress);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});
