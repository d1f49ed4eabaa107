// tusk_ml: mlkit for C and for languages that call C. Handles are freed by the caller; every function that can fail returns
// NULL on success or a message (free it with tusk_ml_free_text). Arrays are C order. Thread-safe but for frees.
#ifndef TUSK_ML_H_
#define TUSK_ML_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TUSK_ML_API __attribute__((visibility("default")))

typedef struct tusk_ml_model tusk_ml_model;

/* Rows: dense (indptr null): values is [rows][columns]; sparse CSR: indptr is [rows + 1], indices and values hold
 * indptr[rows] entries, columns ascending in a row. NaN in dense rows means missing, for algorithms that take it. */
typedef struct {
  size_t rows, columns;
  const float* values;
  const uint64_t* indptr;
  const uint32_t* indices;
} tusk_ml_rows;

typedef struct {
  const char* algorithm;    /* a name of `tusk ml train -a` */
  const char* settings;     /* "name=value" lines, or null */
  uint64_t seed;
  size_t threads;           /* 0: one per core */
  size_t classes;           /* 0: regression; else labels are 0..classes-1 */
  /* Asked after every step with its number and the share done; not 0 ends the training. May be null. */
  int (*on_step)(uint64_t step, double progress, void* context);
  void* context;
} tusk_ml_training;

/* labels: [rows]; weights: [rows] or null. */
TUSK_ML_API char* tusk_ml_train(const tusk_ml_training* training, const tusk_ml_rows* rows, const float* labels,
                                const float* weights, tusk_ml_model** model);
TUSK_ML_API void tusk_ml_free(tusk_ml_model* model);

/* Learning block by block (linear, logistic, softmax, svm, mlp): training->classes counts all classes there will be; a block may
 * lack some. *online null: it begins. The model is one of what was learned so far. */
typedef struct tusk_ml_online tusk_ml_online;
TUSK_ML_API char* tusk_ml_partial_fit(const tusk_ml_training* training, const tusk_ml_rows* rows, const float* labels,
                                      const float* weights, tusk_ml_online** online);
TUSK_ML_API char* tusk_ml_online_model(const tusk_ml_online* online, tusk_ml_model** model);
TUSK_ML_API void tusk_ml_free_online(tusk_ml_online* online);

TUSK_ML_API size_t tusk_ml_outputs(const tusk_ml_model* model);
TUSK_ML_API size_t tusk_ml_classes(const tusk_ml_model* model);
TUSK_ML_API size_t tusk_ml_columns(const tusk_ml_model* model);
/* out: [rows][outputs] raw scores; [rows][classes] probabilities; [rows] class numbers or values. */
TUSK_ML_API char* tusk_ml_scores(const tusk_ml_model* model, const tusk_ml_rows* rows, float* out);
TUSK_ML_API char* tusk_ml_probabilities(const tusk_ml_model* model, const tusk_ml_rows* rows, float* out);
TUSK_ML_API char* tusk_ml_predict(const tusk_ml_model* model, const tusk_ml_rows* rows, float* out);

/* The model as a file's bytes (safetensors), and back; a JSON model of XGBoost is loaded too. Free the bytes with
 * tusk_ml_free_bytes. */
TUSK_ML_API char* tusk_ml_save(const tusk_ml_model* model, uint8_t** bytes, size_t* size);
TUSK_ML_API char* tusk_ml_load(const uint8_t* bytes, size_t size, tusk_ml_model** model);
/* Boosted trees as XGBoost's JSON; free the text with tusk_ml_free_text. */
TUSK_ML_API char* tusk_ml_export_xgboost(const tusk_ml_model* model, char** text);
TUSK_ML_API char* tusk_ml_describe(const tusk_ml_model* model);   /* a text, never null */
TUSK_ML_API char* tusk_ml_algorithms(void);                       /* "name<TAB>summary" lines */

TUSK_ML_API void tusk_ml_free_text(char* text);
TUSK_ML_API void tusk_ml_free_bytes(uint8_t* bytes);

/* Minimizes evaluate(x [count][dimensions], count, f [count][objectives], context), which returns 0 or ends the search.
 * optimizer: a name of `tusk ml optimize -a`. Result: up to `capacity` best points (the front of several objectives) into
 * best_x [capacity][dimensions] and best_f [capacity][objectives]; *found is how many there are. */
typedef struct {
  const char* optimizer;
  const char* settings;
  uint64_t seed;
  size_t dimensions, objectives;
  const double* low;        /* [dimensions] */
  const double* high;
  int encoding;             /* 0 real, 1 binary, 2 permutation */
  int (*evaluate)(const double* x, size_t count, double* f, void* context);
  void* context;
} tusk_ml_search;
TUSK_ML_API char* tusk_ml_minimize(const tusk_ml_search* search, size_t capacity, double* best_x, double* best_f,
                                   size_t* found, uint64_t* evaluations);

#ifdef __cplusplus
}
#endif
#endif /* TUSK_ML_H_ */
