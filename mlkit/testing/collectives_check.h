// CheckCollectives: every collective, at sizes on both sides of every limit, against the plain answer: for the tests of
// communicators, whatever they run over. Called by all ranks, each with its communicator.
#pragma once

#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

// The first wrong answer.
Status CheckCollectives(Communicator& comm);

}  // namespace tusk::ml
