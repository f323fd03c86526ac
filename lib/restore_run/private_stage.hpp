// A private folder that a later process can find and remove, since its path is decided, and written down, before it is made.
#pragma once

#include <string>

namespace jujubackup::restore_run {

// Below `parent`; a name that nobody can guess.
std::string new_stage_path(const std::string& parent);

// Makes the folder (0700), after removing what a killed process left there; removes it with all that is in it.
class PrivateStage {
 public:
  // Error(permission) where something of somebody else's, or no folder, is in its place.
  explicit PrivateStage(const std::string& path);
  PrivateStage(const PrivateStage&) = delete;
  PrivateStage& operator=(const PrivateStage&) = delete;
  ~PrivateStage();
  const std::string& path() const noexcept { return path_; }
  // With a check that it worked; call once.
  void remove();

 private:
  std::string path_;
};

// What is not there, and "", is fine.
void remove_stage(const std::string& path);

}  // namespace jujubackup::restore_run
