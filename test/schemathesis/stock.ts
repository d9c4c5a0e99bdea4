/** Real deals for the requests of a run: some at rest in every state, and as many new ones as are confirmed and cancelled. */
import { addToList } from '../../db/risk-lists';
import type { DealId } from '../../workflows/domain/ids';
import type { Payer } from '../fixtures/payer';
import { type Cast, prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import type { House } from '../servers/house';
import { ahead } from './ahead';
import type { People } from './people';

/** A deal, and what belongs to its payer. */
export interface Known {
  readonly payer: Payer;
  readonly dealId: string;
  readonly cardId: string;
  readonly recipientId: string;
  readonly paymentId: string | undefined;
  readonly transferId: string | undefined;
}

/** What the risk rules let one card be charged in an hour. */
const CHARGES_OF_A_CARD = 3;
const READY = 2;

async function ended(house: House, cast: Cast, status: string): Promise<Story> {
  const story = await prepareDeal(house, cast);
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, status);
  return story;
}

async function cancelled(house: House): Promise<Story> {
  const story = await prepareDeal(house);
  await story.payer.cancel(story.id);
  return story;
}

async function declined(house: House): Promise<Story> {
  const story = await prepareDeal(house, { card: '0101' });
  await story.payer.confirm(story.id, story.cardId);
  await story.waits('card-needed');
  return story;
}

interface Named {
  readonly payments: readonly { readonly id: string }[];
  readonly transfers: readonly { readonly id: string }[];
}

async function known({ payer, id, cardId, recipientId }: Story): Promise<Known> {
  const { body } = await payer.call<Named>('GET', `/v1/deals/${id}`);
  const [payment, transfer] = [body.payments[0], body.transfers[0]];
  return { payer, dealId: id, cardId, recipientId, paymentId: payment?.id, transferId: transfer?.id };
}

/** A deal that a pattern blocks: its account was denied after an earlier one. */
async function blocked(house: House): Promise<Story> {
  const story = await ended(house, {}, 'COMPLETED');
  const denied = { list: 'denied', kind: 'account', dealNo: story.dealNo, until: null } as const;
  await house.db.transaction((trx) => addToList(trx, { ...denied, actor: 'operator:kim', reason: 'ticket 17' }));
  const next = await story.payer.createDeal(story.recipientId);
  const { status } = await story.payer.confirm(next.id, story.cardId);
  if (status !== 422) throw new Error(`a denied account was paid: ${status}`);
  return { ...story, id: next.id as DealId };
}

/** Makes the deals at rest. Their house must give up on failed transfers late. */
export async function openStock(given: House, people: People) {
  const house: House = { ...given, payer: people.proven };
  const held = () => waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const stories = await Promise.all([
    ended(house, {}, 'COMPLETED'),
    ended(house, { account: '0202' }, 'REFUNDED'),
    ended(house, { account: '0209' }, 'TRANSFER_FAILED'),
    held(),
    declined(house),
    cancelled(house),
    prepareDeal(house),
  ]);
  const atRest = await Promise.all(stories.map(known));
  const blockedDeal = await known(await blocked(house));
  const buyers = new Map<string, { story: Story; left: number }>();

  /** Somebody whose card may still be charged. */
  async function buyerOf(card: string): Promise<Story> {
    const last = buyers.get(card);
    if (last && last.left > 0) {
      last.left -= 1;
      return last.story;
    }
    const story = await prepareDeal(house, { card });
    buyers.set(card, { story, left: CHARGES_OF_A_CARD - 1 });
    return story;
  }

  async function quote(card: string): Promise<Known> {
    const { payer: asleep, cardId, recipientId } = await buyerOf(card);
    const payer = await people.awake(asleep);
    const { id: dealId } = await payer.createDeal(recipientId);
    return { payer, dealId, cardId, recipientId, paymentId: undefined, transferId: undefined };
  }

  const [ordinary, refused, paid] = [
    ahead(() => quote('1234'), READY),
    ahead(() => quote('0101'), 1),
    ahead(held, READY),
  ];
  return {
    /** At rest: COMPLETED, REFUNDED, TRANSFER_FAILED, held for review, refused by its card, CANCELLED, a quote. */
    atRest,
    /** One that a pattern blocks. */
    blocked: blockedDeal,
    /** A new quote, of somebody whose card can be charged. */
    quote: () => ordinary.take(),
    /** A new quote, of somebody whose card is refused. */
    refusedQuote: () => refused.take(),
    /** A new deal that is paid and held for review: it can still be cancelled. */
    paid: async (): Promise<Known> => known(await paid.take()),
    async settle() {
      await Promise.all([ordinary.settle(), refused.settle(), paid.settle()]);
    },
  };
}
export type Stock = Awaited<ReturnType<typeof openStock>>;
