// A Source that owns its descriptor.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/io.hpp>

#include "io/fd.hpp"

namespace jujubackup {

std::unique_ptr<Source> source_that_owns(Fd fd, std::string name);

}  // namespace jujubackup
