import { Component, type ReactNode } from 'react'

type Props = {
  resetKey?: string
  /** Called before the children are rendered again. */
  onReset?: () => void
  fallback: (retry: () => void) => ReactNode
  children: ReactNode
}

/** Shows `fallback` in place of children that failed to render, until a retry or another `resetKey`. */
export class ErrorBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override componentDidUpdate(previous: Props) {
    if (this.state.broken && previous.resetKey !== this.props.resetKey) this.retry()
  }

  retry = () => {
    this.props.onReset?.()
    this.setState({ broken: false })
  }

  override render() {
    return this.state.broken ? this.props.fallback(this.retry) : this.props.children
  }
}
