/** Banks that a recipient's account may be at, by 3-digit national code. */

interface BankFacts {
  readonly name: { readonly ko: string; readonly en: string };
}

export const BANKS: Readonly<Record<string, BankFacts>> = {
  '002': { name: { ko: 'KDB산업은행', en: 'Korea Development Bank' } },
  '003': { name: { ko: 'IBK기업은행', en: 'Industrial Bank of Korea' } },
  '004': { name: { ko: 'KB국민은행', en: 'KB Kookmin Bank' } },
  '007': { name: { ko: 'Sh수협은행', en: 'Sh Suhyup Bank' } },
  '011': { name: { ko: 'NH농협은행', en: 'NH NongHyup Bank' } },
  '012': { name: { ko: '지역농·축협', en: 'Local NongHyup' } },
  '020': { name: { ko: '우리은행', en: 'Woori Bank' } },
  '023': { name: { ko: 'SC제일은행', en: 'SC First Bank' } },
  '027': { name: { ko: '한국씨티은행', en: 'Citibank Korea' } },
  '031': { name: { ko: 'iM뱅크', en: 'iM Bank' } },
  '032': { name: { ko: '부산은행', en: 'Busan Bank' } },
  '034': { name: { ko: '광주은행', en: 'Kwangju Bank' } },
  '035': { name: { ko: '제주은행', en: 'Jeju Bank' } },
  '037': { name: { ko: '전북은행', en: 'Jeonbuk Bank' } },
  '039': { name: { ko: '경남은행', en: 'Kyongnam Bank' } },
  '045': { name: { ko: '새마을금고', en: 'MG Community Credit Cooperatives' } },
  '048': { name: { ko: '신협', en: 'Shinhyup (credit unions)' } },
  '050': { name: { ko: '저축은행', en: 'Savings banks' } },
  '071': { name: { ko: '우체국', en: 'Korea Post' } },
  '081': { name: { ko: '하나은행', en: 'Hana Bank' } },
  '088': { name: { ko: '신한은행', en: 'Shinhan Bank' } },
  '089': { name: { ko: '케이뱅크', en: 'K bank' } },
  '090': { name: { ko: '카카오뱅크', en: 'KakaoBank' } },
  '092': { name: { ko: '토스뱅크', en: 'Toss Bank' } },
};

/** Whether the code is one of a bank we can pay. */
export function isBankCode(code: string): boolean {
  return Object.hasOwn(BANKS, code);
}
