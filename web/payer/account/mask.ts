/** A phone and an e-mail as their owner knows them again, and whoever looks over a shoulder does not. */

/** `010-****-5678`. */
export const maskedPhone = (phone: string): string => `${phone.slice(0, 3)}-****-${phone.slice(-4)}`;

/** `pa***@example.com`. */
export const maskedEmail = (email: string): string => email.replace(/^(.{1,2})[^@]*(?=@)/, '$1***');
