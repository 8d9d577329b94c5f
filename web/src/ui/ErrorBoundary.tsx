import { Component, type ReactNode } from 'react'

type Props = { fallback: (retry: () => void) => ReactNode; children: ReactNode }

/** Keeps a page that broke from taking the desk with it. Give it a key that changes with the page. */
export class ErrorBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  retry = () => this.setState({ broken: false })

  override render() {
    return this.state.broken ? this.props.fallback(this.retry) : this.props.children
  }
}
