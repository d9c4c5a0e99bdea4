/*
 * The script of the card form. It sends the card to Softpayment and tells the page around the form, and that page
 * alone, what came of it. The card is in the fields and in the body of that one request, and nowhere else.
 */
(() => {
  const PATIENCE_MS = 20_000;
  const form = document.querySelector('form');
  const status = document.querySelector('#status');
  const button = document.querySelector('button');
  const { origin } = form.dataset;

  const tell = (message) => parent.postMessage({ ...message, source: 'softpayment' }, origin);

  /** Korean keyboards have wide digits, too. */
  const digitsOf = (text) => text.normalize('NFKC').replace(/\D/g, '');

  /** Four digits, month first; browsers fill in `2030-12` and `12/2030`, too. */
  function expiryOf(text) {
    const [, year, month] = text.match(/^\s*20(\d\d)\D(\d\d)\s*$/) ?? [];
    if (year !== undefined) return month + year;
    const digits = digitsOf(text).replace(/^(\d\d)20(\d\d)$/, '$1$2');
    return digits.length === 1 ? digits.replace(/[2-9]/, '0$&') : digits.slice(0, 4);
  }

  const isMonth = (month) => month >= 1 && month <= 12;

  /** By the clock of the payer's device: the card's issuer has the last word. */
  function isExpired(digits) {
    const [month, year] = [Number(digits.slice(0, 2)), 2000 + Number(digits.slice(2))];
    return new Date() >= new Date(year, month, 1);
  }

  function isBirthDate(digits) {
    const [year, month, day] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2)));
    const daysOfMonth = new Date(Date.UTC(2000 + year, month, 0)).getUTCDate();
    return digits.length === 6 && isMonth(month) && day >= 1 && day <= daysOfMonth;
  }

  /** Of each field: its digits, how they are shown, and what is wrong with them: the name of its words, or nothing. */
  const FIELDS = {
    cardNumber: {
      digits: (text) => digitsOf(text).slice(0, 16),
      shown: (digits) => digits.replace(/\d{4}(?=\d)/g, '$& '),
      wrong: (digits) => digits.length !== 16 && 'error',
    },
    expiry: {
      digits: expiryOf,
      shown: (digits) => digits.replace(/^\d\d(?=\d)/, '$&/'),
      wrong(digits) {
        if (digits.length !== 4 || !isMonth(Number(digits.slice(0, 2)))) return 'error';
        return isExpired(digits) && 'expired';
      },
    },
    cvc: {
      digits: (text) => digitsOf(text).slice(0, 4),
      shown: (digits) => digits,
      wrong: (digits) => digits.length < 3 && 'error',
    },
    birthDate: {
      digits: (text) =>
        digitsOf(text)
          .replace(/^(19|20)(?=\d{6}$)/, '')
          .slice(0, 6),
      shown: (digits) => digits,
      wrong: (digits) => !isBirthDate(digits) && 'error',
    },
  };
  const fields = Object.entries(FIELDS).map(([id, rules]) => ({ id, ...rules, input: document.getElementById(id) }));

  /** Writes the digits as they are shown; the caret stays behind the digit that it was behind. */
  function reshape({ input, digits, shown }) {
    const { value, selectionStart: caret } = input;
    const shape = shown(digits(value));
    if (shape === value) return;
    const isAtEnd = caret === value.length;
    let left = digitsOf(value.slice(0, caret)).length;
    input.value = shape;
    if (isAtEnd) return;
    let at = 0;
    while (left > 0 && at < shape.length) if (/\d/.test(shape[at++])) left -= 1;
    input.setSelectionRange(at, at);
  }

  /** Shows the words of this name beside the field, or none. */
  function mark({ id, input }, name) {
    document.getElementById(`${id}-error`).textContent = name ? input.dataset[name] : '';
    if (name) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }

  /** Marks every field of which `nameOf` has words, and goes to the first of them. */
  function markAll(nameOf) {
    for (const field of fields) mark(field, nameOf(field));
    const first = fields.find(nameOf);
    first?.input.focus();
    return first !== undefined;
  }

  function say(kind) {
    status.dataset.kind = kind;
    status.textContent = status.dataset[kind] ?? '';
  }

  /** What came of the card: `registered`, `refused` for a field, or `failed`, with a code. */
  async function register(card) {
    const leaving = new AbortController();
    const timer = setTimeout(() => leaving.abort(), PATIENCE_MS);
    try {
      const answer = await fetch('/sdk/billing-keys', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(card),
        ...{ credentials: 'omit', redirect: 'error', signal: leaving.signal },
      });
      const body = await answer.json();
      if (answer.ok && typeof body?.billingKey === 'string') return { kind: 'registered', told: body };
      const [field] = `${body?.message}`.split(':');
      if (answer.status === 400 && Object.hasOwn(FIELDS, field)) return { kind: 'refused', field };
      return { kind: 'failed', code: `${body?.code ?? 'UNREADABLE'}` };
    } catch (error) {
      if (leaving.signal.aborted) return { kind: 'failed', code: 'TIMEOUT' };
      return { kind: 'failed', code: error instanceof SyntaxError ? 'UNREADABLE' : 'NETWORK' };
    } finally {
      clearTimeout(timer);
    }
  }

  let isUnderWay = false;
  /** While the card is under way nothing can be changed, or sent again. The button keeps the focus that it has. */
  function setUnderWay(given) {
    isUnderWay = given;
    button.setAttribute('aria-disabled', `${given}`);
    for (const { input } of fields) input.readOnly = given;
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isUnderWay) return;
    say('nothing');
    if (markAll(({ input, digits, wrong }) => wrong(digits(input.value)))) return;
    setUnderWay(true);
    say('sending');
    const card = Object.fromEntries(fields.map(({ id, input, digits, shown }) => [id, shown(digits(input.value))]));
    const { kind, told, field, code } = await register(card);
    setUnderWay(false);
    say(kind === 'failed' ? 'outage' : kind);
    if (kind === 'registered') form.reset();
    if (kind === 'registered') tell({ ...told, kind });
    if (kind === 'refused') markAll(({ id }) => id === field && 'error');
    if (kind === 'failed') tell({ kind, code });
  });
  for (const field of fields) {
    field.input.addEventListener('input', () => {
      reshape(field);
      mark(field);
    });
  }

  form.reset(); // what the browser kept of an earlier visit
  form.querySelector('fieldset').disabled = false; // what is typed from now on is kept
  tell({ kind: 'ready' });
  let toldHeight = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height !== toldHeight) tell({ kind: 'size', height });
    toldHeight = height;
  }).observe(document.documentElement);
})();
