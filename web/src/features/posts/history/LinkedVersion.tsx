import { useQuery } from '@tanstack/react-query'
import { Text } from '@mantine/core'
import { explain } from '../../../api/problem'
import { ErrorNote } from '../../../ui/ErrorNote'
import { Pending } from '../../../ui/Pending'
import { versionQuery } from '../data/versions'
import { VersionList, type VersionListProps } from './VersionList'

/** The version of the address, when it is older than the loaded ones. */
export function LinkedVersion({ version, ...list }: VersionListProps & { version: number }) {
  const { data, error, refetch } = useQuery(versionQuery(list.id, version))
  if (error) return <ErrorNote message={explain(error)} onRetry={() => void refetch()} />
  if (data === undefined) return <Pending label="Loading…" />
  if (data === null) return <Text>{`Version ${version} not found. Check the link.`}</Text>
  return <VersionList {...list} events={[data]} />
}
