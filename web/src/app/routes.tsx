import { lazy } from 'react'
import { Route, Routes } from 'react-router'
import { NotFoundPage } from '../features/system/NotFoundPage'
import { Shell } from './Shell'

const PostsPage = lazy(async () => ({ default: (await import('../features/posts/list/PostsPage')).PostsPage }))
const PostEditorPage = lazy(async () => ({ default: (await import('../features/posts/editor/PostEditorPage')).PostEditorPage }))
const HistoryPage = lazy(async () => ({ default: (await import('../features/posts/history/HistoryPage')).HistoryPage }))
const ActivityPage = lazy(async () => ({ default: (await import('../features/activity/ActivityPage')).ActivityPage }))
const UsersPage = lazy(async () => ({ default: (await import('../features/users/UsersPage')).UsersPage }))
const AccountPage = lazy(async () => ({ default: (await import('../features/account/AccountPage')).AccountPage }))

/** Every address of the dashboard. Each page's code comes when it is first opened. */
export function AppRoutes() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<PostsPage />} />
        <Route path="posts/new" element={<PostEditorPage key="new" />} />
        <Route path="posts/:id" element={<PostEditorPage key="edit" />} />
        <Route path="posts/:id/history" element={<HistoryPage />} />
        <Route path="activity" element={<ActivityPage />} />
        <Route path="users" element={<UsersPage />} />
        <Route path="account" element={<AccountPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  )
}
