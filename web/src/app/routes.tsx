import { Route, Routes } from 'react-router'
import { NotFoundPage } from '../features/system/NotFoundPage'
import { lazyPage } from './lazyPage'
import { Shell } from './Shell'

const PostsPage = lazyPage(async () => (await import('../features/posts/list/PostsPage')).PostsPage)
const PostEditorPage = lazyPage(async () => (await import('../features/posts/editor/PostEditorPage')).PostEditorPage)
const HistoryPage = lazyPage(async () => (await import('../features/posts/history/HistoryPage')).HistoryPage)
const ActivityPage = lazyPage(async () => (await import('../features/activity/ActivityPage')).ActivityPage)
const UsersPage = lazyPage(async () => (await import('../features/users/UsersPage')).UsersPage)
const AccountPage = lazyPage(async () => (await import('../features/account/AccountPage')).AccountPage)

/** Every address of the dashboard. The code of a page is loaded when it is first opened. */
export function AppRoutes({ onSignOut }: { onSignOut: () => void }) {
  return (
    <Routes>
      <Route element={<Shell onSignOut={onSignOut} />}>
        <Route index element={<PostsPage />} />
        <Route path="posts/:id" element={<PostEditorPage />} />
        <Route path="posts/:id/history" element={<HistoryPage />} />
        <Route path="activity" element={<ActivityPage />} />
        <Route path="users" element={<UsersPage />} />
        <Route path="account" element={<AccountPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  )
}
