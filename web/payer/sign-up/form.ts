/** What is collected on the way to a membership: the code comes last, since it is good for three minutes. */

export interface SignUpForm {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly phone: string;
  /** Kinds that were agreed to. */
  readonly agreed: readonly string[];
  readonly code: string;
}

export const EMPTY: SignUpForm = { name: '', email: '', password: '', phone: '', agreed: [], code: '' };

export interface StepProps {
  readonly form: SignUpForm;
  readonly error: unknown;
  readonly busy: boolean;
  fill(fields: Partial<SignUpForm>): void;
  next(): void;
}

export type Step = 'person' | 'phone' | 'code';

/** The step that asks for the field of a refused sign-up. */
export const stepOf = (path: string): Step =>
  path === 'code' ? 'code' : path === 'phone' || path.startsWith('consents') ? 'phone' : 'person';
