/** The bytes that an SMS has on its way: carriers count and send it in EUC-KR, where a Korean letter has two. */
import { encode } from 'iconv-lite';

/** What one SMS holds; a longer text goes as an LMS, which costs more. */
export const SMS_BYTES_MAX = 90;

export const eucKrBytes = (text: string): number => encode(text, 'cp949').length;
