/** Banks that a recipient's account may be at, by 3-digit national code. */

interface BankFacts {
  readonly name: string;
}

export const BANKS: Readonly<Record<string, BankFacts>> = {
  '002': { name: 'KDB산업은행' },
  '003': { name: 'IBK기업은행' },
  '004': { name: 'KB국민은행' },
  '007': { name: 'Sh수협은행' },
  '011': { name: 'NH농협은행' },
  '012': { name: '지역농·축협' },
  '020': { name: '우리은행' },
  '023': { name: 'SC제일은행' },
  '027': { name: '한국씨티은행' },
  '031': { name: 'iM뱅크' },
  '032': { name: '부산은행' },
  '034': { name: '광주은행' },
  '035': { name: '제주은행' },
  '037': { name: '전북은행' },
  '039': { name: '경남은행' },
  '045': { name: '새마을금고' },
  '048': { name: '신협' },
  '050': { name: '저축은행' },
  '071': { name: '우체국' },
  '081': { name: '하나은행' },
  '088': { name: '신한은행' },
  '089': { name: '케이뱅크' },
  '090': { name: '카카오뱅크' },
  '092': { name: '토스뱅크' },
};

/** Whether the code is one of a bank we can pay. */
export function isBankCode(code: string): boolean {
  return Object.hasOwn(BANKS, code);
}
