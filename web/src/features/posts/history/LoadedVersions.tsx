import { Text } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { PostId, StoredPost } from '@wiredesk/client'
import { explain } from '../../../api/problem'
import { ErrorNote } from '../../../ui/ErrorNote'
import { hasText, versionQuery } from '../data/versions'
import { Pending } from '../../../ui/Pending'

type Props = { id: PostId; versions: readonly number[]; children: (posts: StoredPost[]) => ReactNode }

/** Loads versions with their content and shows them, in the order of `versions`. */
export function LoadedVersions({ id, versions, children }: Props) {
  const results = useQueries({ queries: versions.map((version) => versionQuery(id, version)) })
  const failed = results.find(({ error }) => error)
  if (failed) return <ErrorNote message={explain(failed.error)} onRetry={() => void failed.refetch()} />
  if (results.some(({ isPending }) => isPending)) return <Pending label="Loading…" />
  const posts = results.flatMap(({ data }) => (data && hasText(data) ? [data.data] : []))
  const missing = versions[results.findIndex(({ data }) => !data || !hasText(data))]
  if (missing !== undefined) return <Text size="sm">{`Version ${missing} was not found, or has no text.`}</Text>
  return children(posts)
}
