// What a controller keeps, as a BackupStore.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/controller.hpp>
#include <jujubackup/store_backend.hpp>

#include "controller/transfer.hpp"

namespace jujubackup {

// The calls of a Controller that a store needs. Each is Error(unsupported) where the controller's release does not have it.
class RemoteBackups {
 public:
  virtual ~RemoteBackups() = default;
  virtual std::string url() const = 0;
  // Before an archive is verified for nothing.
  virtual void check_takes_uploads(Job* job) = 0;
  virtual std::vector<Metadata> list(Job* job) = 0;
  virtual Metadata show(std::string_view id, Job* job) = 0;
  virtual RemoveResult remove(const std::string& id) = 0;
  virtual std::unique_ptr<Source> download(std::string_view id, const Metadata* expected, Job* job) = 0;
  virtual std::string upload(Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job) = 0;
};

std::unique_ptr<BackupBackend> make_controller_backend(std::unique_ptr<RemoteBackups> remote);

}  // namespace jujubackup
