/** Stands in for pages that cannot be shown: a file of theirs went with its build, or a mistake of ours. */
import { Component, type ReactNode } from 'react';
import { Button } from './button';

interface Props {
  /** What is said then. */
  readonly title: string;
  /** Of the button that loads the page anew. */
  readonly reload: string;
  readonly children: ReactNode;
}

interface State {
  readonly hasFailed: boolean;
}

export class ReloadBoundary extends Component<Props, State> {
  override state: State = { hasFailed: false };

  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    const { title, reload, children } = this.props;
    if (!this.state.hasFailed) return children;
    return (
      <main className="mx-auto flex max-w-[30rem] flex-col gap-6 p-5 pt-20">
        <h1 className="text-2xl font-bold leading-snug">{title}</h1>
        <Button onClick={() => location.reload()}>{reload}</Button>
      </main>
    );
  }
}
