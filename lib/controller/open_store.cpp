// BackupStore::open: declared with the stores, defined above all kinds of them, since it knows each.
#include <jujubackup/controller.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/store_backend.hpp>

namespace jujubackup {

BackupStore BackupStore::open(const std::string& url) {
  return BackupStore(StoreRegistry().open(url));
}

}  // namespace jujubackup
