/** Notices about deals, grades and cards. No recipient and no account is named: a notice may reach somebody else. */
import { mailOf, type NoticeText } from './notice-text';
import type { VariableName } from './notice-variables';
import type { Words } from './words';

interface News<V extends readonly VariableName[]> {
  readonly variables: V;
  readonly title: Words;
  /** The whole of it, by e-mail and push. */
  readonly sentence: Words;
  /** As short as an SMS must be; after `[PLIC] `. */
  readonly sms: Words;
  /** What an e-mail tells besides. */
  readonly more: Words;
}

/** The same news by every channel. */
function news<const V extends readonly VariableName[]>({ variables, title, sentence, sms, more }: News<V>) {
  const email = mailOf({ ko: `${sentence.ko}\n\n${more.ko}`, en: `${sentence.en}\n\n${more.en}` });
  return { variables, title, push: sentence, sms: { ko: `[PLIC] ${sms.ko}`, en: `[PLIC] ${sms.en}` }, email };
}

/** News of a deal, which an e-mail names first. */
function dealNews<const V extends readonly VariableName[]>({ variables, sentence, ...rest }: Omit<News<V>, 'more'>) {
  const more = {
    ko: '진행 내용은 PLIC의 거래 내역에서 확인하실 수 있습니다.',
    en: 'You find the deal in your list of deals at PLIC.',
  };
  const told = news({ ...rest, variables: ['dealNo', 'amount', ...variables], sentence, more });
  const email = { ko: `거래번호 {dealNo}\n\n${told.email.ko}`, en: `Deal {dealNo}\n\n${told.email.en}` };
  return { ...told, push: { ko: `${sentence.ko} (거래 {dealNo})`, en: `${sentence.en} (deal {dealNo})` }, email };
}

const CARDS: Words = {
  ko: '카드는 PLIC의 카드 관리에서 등록하실 수 있습니다.',
  en: 'You register cards at PLIC under your cards.',
};
const GRADE: Words = {
  ko: '{firstDay}부터 회원님의 등급은 {grade}, 수수료는 {feeBps}입니다.',
  en: 'From {firstDay} your grade is {grade}, with a fee of {feeBps}.',
};

export const NEWS_TEXTS = {
  'deal-completed': dealNews({
    variables: [],
    title: { ko: '송금을 마쳤습니다', en: 'Your transfer is done' },
    sentence: {
      ko: '받는 분 계좌로 {amount}을 보냈습니다.',
      en: "{amount} has been sent to the recipient's account.",
    },
    sms: {
      ko: '거래 {dealNo}: 받는 분 계좌로 {amount}을 보냈습니다.',
      en: "{dealNo}: {amount} has been sent to the recipient's account.",
    },
  }),
  'deal-failed': dealNews({
    variables: [],
    title: { ko: '송금이 지연되고 있습니다', en: 'Your transfer is delayed' },
    sentence: {
      ko: '{amount} 송금이 되지 않아 처리하고 있습니다. 끝내 보내지 못하면 수수료까지 카드로 전액 환불됩니다.',
      en: '{amount} could not be sent yet; we are working on it. If it never can, all is refunded to the card.',
    },
    sms: {
      ko: '{dealNo}: {amount} 송금 지연 중. 안 되면 카드로 전액 환불됩니다.',
      en: '{dealNo}: {amount} is delayed. If it fails, the card is refunded.',
    },
  }),
  'deal-refunded': dealNews({
    variables: ['statementBy'],
    title: { ko: '카드 결제를 취소했습니다', en: 'Your card payment was cancelled' },
    sentence: {
      ko: '카드 결제 {amount}을 취소했습니다. 카드 명세서에는 카드사에 따라 늦어도 {statementBy}까지 반영됩니다.',
      en: 'The card payment of {amount} was cancelled. The card statement shows it by {statementBy} at the latest.',
    },
    sms: {
      ko: '{dealNo}: 카드 결제 {amount}을 취소했습니다. 명세서 반영 {statementBy}까지',
      en: '{dealNo}: payment of {amount} cancelled, on statement by {statementBy}.',
    },
  }),
  'fee-refunded': dealNews({
    variables: ['statementBy'],
    title: { ko: '수수료를 돌려드렸습니다', en: 'A part of your fee was refunded' },
    sentence: {
      ko: '수수료 중 {amount}을 돌려드렸습니다. 카드 명세서에는 카드사에 따라 늦어도 {statementBy}까지 반영됩니다.',
      en: '{amount} of your fee was refunded. The card statement shows it by {statementBy} at the latest.',
    },
    sms: {
      ko: '{dealNo}: 수수료 {amount}을 돌려드렸습니다. 명세서 반영 {statementBy}까지',
      en: '{dealNo}: fee of {amount} refunded, on statement by {statementBy}.',
    },
  }),
  'grade-changed': news({
    variables: ['firstDay', 'grade', 'feeBps'],
    title: { ko: '회원 등급이 바뀌었습니다', en: 'Your grade has changed' },
    sentence: GRADE,
    sms: GRADE,
    more: {
      ko: '등급은 매월 1일, 지난달에 송금을 마친 금액으로 정해집니다. 이미 받은 견적의 수수료는 그대로입니다.',
      en: 'Grades are set on the first of a month, by what was sent in the month before. Quotes keep their fee.',
    },
  }),
  'card-expiring': news({
    variables: ['issuer', 'lastFour', 'expiry'],
    title: { ko: '카드 유효기간이 곧 끝납니다', en: 'A card is about to expire' },
    sentence: {
      ko: '{issuer}({lastFour})의 유효기간이 {expiry}에 끝납니다. 새 카드를 등록해 주세요.',
      en: 'Your {issuer} ({lastFour}) expires at the end of {expiry}. Please register a new card.',
    },
    sms: {
      ko: '{issuer}({lastFour}) 유효기간이 {expiry}에 끝납니다. 새 카드를 등록해 주세요.',
      en: '{issuer} ({lastFour}) expires in {expiry}: register a new card.',
    },
    more: CARDS,
  }),
  'card-declining': news({
    variables: ['issuer', 'lastFour'],
    title: { ko: '카드 결제가 거절되고 있습니다', en: 'A card is being declined' },
    sentence: {
      ko: '{issuer}({lastFour}) 결제가 카드사에서 거절되었습니다. 카드 상태를 확인하시거나 다른 카드를 등록해 주세요.',
      en: 'Your {issuer} ({lastFour}) was declined by its issuer. Please check it or register another card.',
    },
    sms: {
      ko: '{issuer}({lastFour}) 결제가 거절되었습니다. 카드를 확인해 주세요.',
      en: '{issuer} ({lastFour}) was declined: check it, or use another card.',
    },
    more: CARDS,
  }),
} as const satisfies Readonly<Record<string, NoticeText>>;
