import { isDeclining } from '../../workflows/domain/card-declines';

test.each<[string, (string | null)[], boolean]>([
  ['nothing was tried', [], false],
  ['it was charged', [null], false],
  ['it was charged after declines', [null, 'insufficient-funds', 'insufficient-funds', 'insufficient-funds'], false],
  ['one decline that may pass', ['insufficient-funds'], false],
  ['two in a row', ['insufficient-funds', 'declined'], false],
  ['three in a row, whatever the reasons', ['insufficient-funds', 'declined', 'provider-error'], true],
  ['two in a row after a charge', ['declined', 'declined', null], false],
  ['a charge between them', ['declined', null, 'declined'], false],
  ['it is stolen', ['stolen-card'], true],
  ['it has expired, and was charged before', ['expired-card', null], true],
  ['it was stolen once, and another try was declined for credit', ['insufficient-funds', 'stolen-card'], false],
  ['its registration is no longer valid', ['invalid-billing-key', null, null], true],
])('a payer hears of a card that is being declined: %s', (_, latest, told) => {
  expect(isDeclining(latest)).toBe(told);
});
