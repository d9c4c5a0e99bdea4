/**
 * Issuers of Korean cards, by the Korean name that Softpayment tells. Spaces, capitals and an added "카드" make no
 * difference, and neither does the longer name that some of them go by.
 */

interface IssuerFacts {
  readonly en: string;
  /** Other names of the same issuer. */
  readonly also?: readonly string[];
}

const ISSUERS: Readonly<Record<string, IssuerFacts>> = {
  BC카드: { en: 'BC Card', also: ['비씨카드'] },
  국민카드: { en: 'KB Kookmin Card', also: ['KB국민카드'] },
  농협카드: { en: 'NH NongHyup Card', also: ['NH농협카드'] },
  롯데카드: { en: 'Lotte Card' },
  삼성카드: { en: 'Samsung Card' },
  신한카드: { en: 'Shinhan Card' },
  우리카드: { en: 'Woori Card' },
  하나카드: { en: 'Hana Card', also: ['외환카드'] },
  현대카드: { en: 'Hyundai Card' },
  씨티카드: { en: 'Citi Card', also: ['한국씨티카드', '시티카드'] },
  기업은행카드: { en: 'IBK Card', also: ['IBK기업은행카드', 'IBK카드'] },
  산업은행카드: { en: 'KDB Card', also: ['KDB산업은행카드', 'KDB카드'] },
  수협카드: { en: 'Suhyup Card', also: ['Sh수협카드', 'Sh수협은행카드'] },
  광주카드: { en: 'Kwangju Card', also: ['광주은행카드'] },
  전북카드: { en: 'Jeonbuk Card', also: ['전북은행카드'] },
  제주카드: { en: 'Jeju Card', also: ['제주은행카드'] },
  우체국카드: { en: 'Korea Post Card' },
  새마을금고카드: { en: 'MG Community Credit Card', also: ['MG새마을금고카드'] },
  신협카드: { en: 'Shinhyup Card' },
  저축은행카드: { en: 'Savings Banks Card' },
  카카오뱅크카드: { en: 'KakaoBank Card' },
  케이뱅크카드: { en: 'K bank Card' },
  토스뱅크카드: { en: 'Toss Bank Card' },
  아이엠뱅크카드: { en: 'iM Bank Card', also: ['iM뱅크카드', '대구은행카드'] },
  부산은행카드: { en: 'Busan Bank Card' },
  경남은행카드: { en: 'Kyongnam Bank Card' },
};

const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/\s/g, '')
    .toLowerCase()
    .replace(/(?:카드|card)$/, '');

const BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(ISSUERS).flatMap(([ko, { en, also = [] }]) => [ko, en, ...also].map((name) => [plain(name), ko])),
);

/** Every issuer, by its Korean name. */
export const ISSUER_NAMES: readonly string[] = Object.keys(ISSUERS);

/** The Korean name of the issuer that is meant; undefined when it is none we know. */
export function issuerNamed(given: string): string | undefined {
  return BY_NAME.get(plain(given));
}

/** The issuer's name in both languages; one that is not in the table keeps the name it has. */
export function issuerWords(name: string): { readonly ko: string; readonly en: string } {
  return { ko: name, en: (Object.hasOwn(ISSUERS, name) ? ISSUERS[name]?.en : undefined) ?? name };
}
